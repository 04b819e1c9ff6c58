import { useI18n } from 'vue-i18n'

interface Titled {
  title_zh: string
  title_en: string
}

/** What elements are called, in the reader's language where they have a name in it. */
export function useElementWords() {
  const { locale } = useI18n()
  const elementTitle = (one: Titled) => (locale.value === 'en' && one.title_en) || one.title_zh
  return { elementTitle }
}
