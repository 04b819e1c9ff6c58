import { shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ImportReport } from '@/api/imports'

type Texts = Record<string, string>
type FileFault = ImportReport['faults'][number]

const placeholder = /\{(\w+)(?::([^{}|]*)\|([^{}]*))?\}/g

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

  /** `{count:file|files}` is the word that goes with the number, as the node itself reads it. */
  const sayFault = ({ key, values }: FileFault) =>
    (texts.value[key] ?? key).replace(placeholder, (whole, name: string, one?: string, more?: string) => {
      const value = values[name]
      if (value === undefined || value === null) return whole
      return one === undefined ? String(value) : String(value) === '1' ? one : more!
    })
  return { sayFault }
}
