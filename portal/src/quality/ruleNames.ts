import { useI18n } from 'vue-i18n'

/** A rule's name is its kind and its columns, `compare:OPEN_DT,CLOSED_DT`; people read both in words. */
export function useRuleNames() {
  const { t, te } = useI18n()
  return (name: string): string => {
    const [kind = '', columns = ''] = name.split(/:(.*)/s)
    const key = `rule.kinds.${kind}`
    if (!te(key)) return name
    return columns ? t('rule.about', { columns: columns.replaceAll(',', ', '), kind: t(key) }) : t(key)
  }
}
