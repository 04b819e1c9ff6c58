export type Severity = 'refuse' | 'flag'
export type Dimension = 'completeness' | 'uniqueness' | 'validity' | 'consistency' | 'timeliness' | 'accuracy'

export const dimensions: readonly Dimension[] = ['completeness', 'uniqueness', 'validity', 'consistency', 'timeliness', 'accuracy']

export interface Rule {
  name: string
  kind: string
  columns: string[]
  parameters: Record<string, unknown>
  severity: Severity
  dimension: Dimension
  weight: number
  origin: 'suggested' | 'model' | 'user'
  title_zh: string
  title_en: string
}

/** What a rule is called in the reader's language; its name where nobody has titled it. */
export function ruleTitle(rule: Pick<Rule, 'name' | 'title_zh' | 'title_en'>, language: string): string {
  return (language === 'en' ? rule.title_en : rule.title_zh) || rule.name
}
