import { useI18n } from 'vue-i18n'
import { readRule } from '@/api/cityRules'
import { askedNames } from './askedNames'
import { personCalled } from './personCalled'
import { useNodeNames } from './useNodeNames'
import { usePackNames } from './usePackNames'
import { may } from './useSession'

const operator = 'operator@local'
const node = 'system:'
const source = 'system:source '
const rules = askedNames(async (names) => {
  const found = await Promise.all(names.map((name) => readRule(name, new AbortController().signal).catch(() => undefined)))
  return found.flatMap((one) => (one ? [[one.name, one.title] as const] : []))
})

/** Who did something, as people say it: the node itself, what works in it and whoever works at its machine have words, people their names. */
export function useActorNames() {
  const { t, te, locale } = useI18n()
  const { nodeName } = useNodeNames()
  const { packName } = usePackNames()

  function ruleName(name: string): string {
    const titles = may('act_rule.read') ? rules.of(name) : undefined
    return titles?.[locale.value] ?? titles?.['zh-CN'] ?? name
  }
  const called: Record<string, (name: string) => string> = { rule: ruleName, pack: packName, node: nodeName }
  function actorName(id: string, name = ''): string {
    if (id === operator) return t('cases.actor.operator')
    if (id.startsWith(source)) return t('evidence.source', { name: id.slice(source.length) })
    if (id.startsWith(node)) return t('cases.actor.system')
    const [, kind = '', own = ''] = /^(\w+):(.+)$/s.exec(id) ?? []
    return personCalled(name) || (te(`cases.actor.${kind}`) ? t(`cases.actor.${kind}`, { name: called[kind]?.(own) ?? own }) : id)
  }
  return { actorName, ruleName }
}
