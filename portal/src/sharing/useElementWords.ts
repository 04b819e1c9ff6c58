import { useI18n } from 'vue-i18n'
import type { Carried, ElementView } from '@/api/elements'
import { useBodies } from '@/composables/useBodies'
import { useTitles } from '@/composables/useTitles'

interface Titled {
  title_zh: string
  title_en: string
}

/** What elements, the items that carry them and the bodies around them are called, in the reader's language where they have a name in it. */
export function useElementWords() {
  const { t, locale } = useI18n()
  const { bodyName } = useBodies()
  const { titleFor } = useTitles()
  const elementTitle = (one: Titled) => (locale.value === 'en' && one.title_en) || one.title_zh
  const itemName = ({ titles, labels }: ElementView, { dataset, item }: Carried) => t('element.itemOf', { dataset: titleFor(titles[dataset], dataset), item: labels[`${dataset}/${item}`] || item })
  const bodyNames = (bodies: string[]) => bodies.map((one) => bodyName(one)).join(t('common.comma'))
  return { elementTitle, itemName, bodyNames }
}
