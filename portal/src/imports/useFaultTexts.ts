import { shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ImportReport } from '@/api/imports'
import { useModels } from '@/composables/useModels'

type Texts = Record<string, string>
type FileFault = ImportReport['faults'][number]

const placeholder = /\{(\w+)(?::([^{}|]*)\|([^{}]*))?\}/g
/** `车牌号 → licensePlate, …` */
const taken = / → ([^\s,]+)(?=, |$)/g

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
  const { typeName, attributeName } = useModels()
  const texts = shallowRef<Texts>({})
  watch(locale, async (language) => (texts.value = await loaded(language)), { immediate: true })

  /** The node notes models and attributes by their names in the standards; people read the titles. */
  function called(values: FileFault['values']): FileFault['values'] {
    const { model, columns } = values
    if (typeof model !== 'string' || typeof columns !== 'string') return values
    const titled = columns.replace(taken, (_, attribute: string) => ` → ${attributeName(model, attribute)}`)
    return { ...values, model: typeName(model), columns: titled }
  }
  /** `{count:file|files}` is the word that goes with the number, as the node itself reads it. */
  function sayFault({ key, values }: FileFault): string {
    const said = called(values)
    return (texts.value[key] ?? key).replace(placeholder, (whole, name: string, one?: string, more?: string) => {
      const value = said[name]
      if (value === undefined || value === null) return whole
      return one === undefined ? String(value) : String(value) === '1' ? one : more!
    })
  }
  return { sayFault }
}
