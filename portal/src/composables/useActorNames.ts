import { useI18n } from 'vue-i18n'

const operator = 'operator@local'
const node = 'system:'
const source = 'system:source '

/** Who did something, as people say it: the node itself, a source of it and whoever works at its machine have words, people their names. */
export function useActorNames() {
  const { t } = useI18n()
  function actorName(id: string, name = ''): string {
    if (id === operator) return t('cases.actor.operator')
    if (id.startsWith(source)) return t('evidence.source', { name: id.slice(source.length) })
    if (id.startsWith(node)) return t('cases.actor.system')
    return name || id
  }
  return { actorName }
}
