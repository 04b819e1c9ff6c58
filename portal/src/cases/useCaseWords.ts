import { shallowRef, watch, type WatchSource } from 'vue'
import { useI18n } from 'vue-i18n'
import { listRoles, type Role } from '@/api/accounts'
import { readDefinition, type Definition } from '@/api/cases'
import { listClasses, type CaseClass } from '@/api/reports'
import { capital } from '@/components/capital'
import { useBodies } from '@/composables/useBodies'
import { asLastSaid } from '@/offline/store'

type Titles = Record<string, string>

const definitions = shallowRef<Map<string, Definition>>(new Map())
const classes = shallowRef<CaseClass[]>([])
const roles = shallowRef<Role[]>([])
const asked = new Map<string, Promise<void>>()
const ever = new AbortController().signal

function once(what: string, ask: () => Promise<void>): Promise<void> {
  const asking = asked.get(what) ?? ask().catch(() => void asked.delete(what))
  asked.set(what, asking)
  return asking
}

export const learn = (name: string, version?: number): Promise<void> =>
  once(`${name}/${version ?? ''}`, async () => {
    const found = await asLastSaid(`definition/${name}/${version ?? ''}`, () => readDefinition(name, version, ever))
    definitions.value = new Map(definitions.value).set(`${name}/${version ?? ''}`, found)
  })

/** What states, acts, classes and bodies are called: from the city's own workflows and lists, asked for once. */
export function useCaseWords(workflow?: WatchSource<{ name: string; version: number } | undefined>) {
  const { t, te, locale } = useI18n()
  void once('classes', async () => void (classes.value = await asLastSaid('classes', () => listClasses(ever))))
  const { bodyName } = useBodies()
  if (workflow) watch(workflow, (wanted) => wanted && void learn(wanted.name, wanted.version), { immediate: true })

  const titled = (titles: Titles | undefined, name: string) => titles?.[locale.value] ?? titles?.['zh-CN'] ?? name
  function definitionOf(name: string, version?: number): Definition | undefined {
    void learn(name, version)
    return definitions.value.get(`${name}/${version ?? ''}`)
  }
  const stateName = (state: string, name = 'case', version?: number) =>
    titled(definitionOf(name, version)?.states.find((one) => one.name === state)?.title, state)
  function actName(act: string, name = 'case', version?: number): string {
    if (te(`cases.act.${act}`)) return t(`cases.act.${act}`)
    const found = definitionOf(name, version)
    return titled([...(found?.actions ?? []), ...(found?.approvals ?? [])].find((one) => one.name === act)?.title, act)
  }
  /** Whose move it is, by the posts' names. */
  function roleNames(names: readonly string[]): string {
    void once('roles', async () => void (roles.value = await asLastSaid('roles', () => listRoles(ever))))
    const titles = names.map((name) => roles.value.find((one) => one.name === name)).map((one, at) => (locale.value === 'en' ? one?.en : one?.zh) ?? names[at]!)
    return titles.join(t('common.comma'))
  }
  const className = (code: string | null) => (code ? capital(titled(classes.value.find((one) => one.code === code)?.titles, code)) : '')
  return { definitionOf, stateName, actName, className, roleNames, bodyName, titled, classes }
}
