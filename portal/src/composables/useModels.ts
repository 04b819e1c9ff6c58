import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { listModels, readModel, type ModelAttribute } from '@/api/standards'
import { unitSign } from './unitSign'
import { may } from './useSession'

interface Named {
  title_zh: string
  title_en: string
  unit?: string | null
}

const types = shallowRef<Map<string, Named>>()
const attributes = shallowRef<Map<string, Map<string, Named>>>(new Map())
const asked = new Set<string>()
let asking: Promise<void> | undefined

/** What types and attributes of entities are called, and in which unit an attribute is measured, from the node's own standards; asked for once. */
export function useModels() {
  const { locale } = useI18n()
  const titled = (one: Named | undefined, name: string) => (one && (locale.value === 'en' ? one.title_en : one.title_zh)) || name

  if (may('standard.read')) asking ??= listModels(new AbortController().signal)
    .then((models) => void (types.value = new Map(models.map((model) => [model.name, model]))))
    .catch(() => void (asking = undefined))

  const typeName = (type: string) => titled(types.value?.get(type), type)
  function attributeName(type: string, name: string): string {
    void learn(type)
    return titled(attributes.value.get(type)?.get(name), name)
  }
  /** As people write it; nothing where the model says none. */
  function attributeUnit(type: string, name: string): string {
    void learn(type)
    return unitSign(attributes.value.get(type)?.get(name)?.unit)
  }
  return { typeName, attributeName, attributeUnit }
}

async function learn(type: string): Promise<void> {
  if (asked.has(type) || !types.value?.has(type)) return
  asked.add(type)
  const model = await readModel(type, new AbortController().signal).catch(() => undefined)
  if (model) attributes.value = new Map(attributes.value).set(type, byName(model.attributes))
}

const byName = (all: ModelAttribute[]) => new Map<string, Named>(all.map((attribute) => [attribute.name, attribute]))
