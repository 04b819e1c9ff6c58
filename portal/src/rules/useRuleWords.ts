import { useI18n } from 'vue-i18n'
import type { CityRule, Condition, RuleDefinition } from '@/api/cityRules'
import type { Light } from '@/components/StatusLight.vue'
import { useFormat } from '@/composables/useFormat'
import { useModels } from '@/composables/useModels'

const signs: Record<string, string> = { '>=': '≥', '<=': '≤', '==': '=', '!=': '≠', '>': '>', '<': '<' }
const comparison = /^(\w+)(>=|<=|==|!=|>|<)(.+)$/
const span = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** A rule as a sentence, in the words of its model. */
export function useRuleWords() {
  const { t, te, locale } = useI18n()
  const { number } = useFormat()
  const { typeName, attributeName, attributeUnit } = useModels()
  const titled = (one: Pick<CityRule, 'title' | 'name'>) => one.title[locale.value] ?? one.title['zh-CN'] ?? one.name
  const described = ({ description }: Pick<CityRule, 'description'>) => (typeof description === 'string' ? description : (description[locale.value] ?? description['zh-CN'] ?? ''))
  const light = (rule: Pick<CityRule, 'state'>): Light => (rule.state === 'on' ? 'good' : rule.state === 'broken' ? 'bad' : 'unknown')

  function time(iso: string): string {
    const [, days, hours, minutes, seconds] = span.exec(iso) ?? []
    const parts = [['days', days], ['hours', hours], ['minutes', minutes], ['seconds', seconds]] as const
    return parts.flatMap(([unit, n]) => (n ? [t(`cityRule.span.${unit}`, { n })] : [])).join(' ') || iso
  }
  const behind = (value: string, unit: string) => (unit ? `${value} ${unit}` : value)
  const bounds = ({ above, below }: { above?: number | null; below?: number | null }, unit: string) =>
    [above == null ? '' : t('cityRule.above', { n: behind(number(above), unit) }), below == null ? '' : t('cityRule.below', { n: behind(number(below), unit) })].filter(Boolean).join(t('cityRule.and'))
  const comparisonIn = (q: string, type: string) =>
    q.split(';').map((part) => {
      const [, attribute, sign, value] = comparison.exec(part) ?? []
      return attribute && sign && value ? `${attributeName(type, attribute)} ${signs[sign] ?? sign} ${behind(value, attributeUnit(type, attribute))}` : /^\w+$/.test(part) ? t('cityRule.has', { attribute: attributeName(type, part) }) : part
    }).join(t('cityRule.and'))

  function condition(one: Condition, type: string): string {
    if (one.q) return comparisonIn(one.q, type)
    if (one.window) return t('cityRule.window', { attribute: attributeName(type, one.window.attribute), over: time(one.window.over), value: te(`cityRule.of.${one.window.value}`) ? t(`cityRule.of.${one.window.value}`) : one.window.value, bounds: bounds(one.window, one.window.value === 'count' ? '' : attributeUnit(type, one.window.attribute)) })
    if (one.rate) return t('cityRule.rate', { attribute: attributeName(type, one.rate.attribute), over: time(one.rate.over), per: time(one.rate.per), bounds: bounds(one.rate, attributeUnit(type, one.rate.attribute)) })
    if (one.silent) return t('cityRule.silent', { over: time(one.silent.over), attributes: one.silent.attributes.map((name) => attributeName(type, name)).join(t('common.comma')) })
    if (one.all) return one.all.map((part) => condition(part, type)).join(t('cityRule.and'))
    if (one.any) return one.any.map((part) => condition(part, type)).join(t('cityRule.or'))
    if (one.not) return t('cityRule.not', { what: condition(one.not, type) })
    return t(one.enters ? 'cityRule.enters' : one.leaves ? 'cityRule.leaves' : 'cityRule.inside')
  }
  /** A title with what is put into it when it happens, each place in the words of the model. */
  const places = (title: string, type: string) =>
    title.replace(/\{(\w+)\}/g, (_, name: string) => t('cityRule.place', { what: te(`cityRule.places.${name}`) ? t(`cityRule.places.${name}`) : te(`map.attribute.${name}`) ? t(`map.attribute.${name}`) : attributeName(type, name) }))
  /** What happens when, as lines: for whom, when, until when, when not, and then. */
  function lines(rule: RuleDefinition): { name: string; value: string }[] {
    const { type } = rule.subject
    return [
      { name: t('cityRule.whom'), value: [typeName(type), rule.subject.q ? comparisonIn(rule.subject.q, type) : ''].filter(Boolean).join(t('common.comma')) },
      { name: t('cityRule.when'), value: condition(rule.when, type) + (rule.for ? t('cityRule.held', { time: time(rule.for) }) : '') },
      ...(rule.group ? [{ name: t('cityRule.group'), value: rule.group.at_least ? t('cityRule.groupOf', { n: rule.group.at_least }) : t('cityRule.groupShare', { n: number((rule.group.share ?? 0) * 100) }) }] : []),
      { name: t('cityRule.until'), value: (rule.recovery?.when ? condition(rule.recovery.when, type) : t('cityRule.noLonger')) + (rule.recovery?.for ? t('cityRule.held', { time: time(rule.recovery.for) }) : '') },
      ...(rule.quiet ? [{ name: t('cityRule.quiet'), value: rule.quiet.hours || rule.quiet.calendar || '' }] : []),
      { name: t('cityRule.then'), value: rule.case ? t('cityRule.opens', { title: places(rule.case.title, type) }) : t('cityRule.noted') },
    ]
  }
  return { titled, described, light, condition, lines }
}
