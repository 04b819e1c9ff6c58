import { shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ImportReport } from '@/api/imports'

type Texts = Record<string, string>
type FileFault = ImportReport['faults'][number]

type Catalogue = () => Promise<{ default: Texts }>

/** The node's own sentences about files and what it made of them, so that they are written once. */
const catalogues: Record<string, Catalogue[]> = {
  'zh-CN': [() => import('@connect/zh-CN.json'), () => import('@govern/zh-CN.json')],
  en: [() => import('@connect/en.json'), () => import('@govern/en.json')],
}

const loaded = async (language: string): Promise<Texts> =>
  Object.assign({}, ...(await Promise.all((catalogues[language] ?? []).map(async (load) => (await load()).default))))

export function useFaultTexts() {
  const { locale } = useI18n()
  const texts = shallowRef<Texts>({})
  watch(locale, async (language) => (texts.value = await loaded(language)), { immediate: true })

  const sayFault = ({ key, values }: FileFault) =>
    (texts.value[key] ?? key).replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder))
  return { sayFault }
}
