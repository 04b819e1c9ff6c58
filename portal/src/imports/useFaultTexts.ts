import { shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ImportReport } from '@/api/imports'

type Texts = Record<string, string>
type FileFault = ImportReport['faults'][number]

/** The node's own sentences about files, so that they are written once. */
const catalogues: Record<string, () => Promise<{ default: Texts }>> = {
  'zh-CN': () => import('@connect/zh-CN.json'),
  en: () => import('@connect/en.json'),
}

export function useFaultTexts() {
  const { locale } = useI18n()
  const texts = shallowRef<Texts>({})
  watch(locale, async (language) => (texts.value = (await catalogues[language]?.())?.default ?? {}), { immediate: true })

  const sayFault = ({ key, values }: FileFault) =>
    (texts.value[key] ?? key).replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder))
  return { sayFault }
}
