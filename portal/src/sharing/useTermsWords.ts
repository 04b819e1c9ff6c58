import { useI18n } from 'vue-i18n'
import { waysOf, type Condition, type Mask, type Terms } from '@/api/terms'
import type { Fact } from '@/components/FactList.vue'
import { useFormat } from '@/composables/useFormat'

/** Terms of a contract in words, each constraint as one fact. */
export function useTermsWords() {
  const { t } = useI18n()
  const { number, dateTime, counted } = useFormat()
  const list = (words: string[]) => words.join(t('common.comma'))

  function maskWords(mask: Mask): string {
    const detail: Record<string, string> = {
      truncate: counted('terms.mask.keeps', mask.keep ?? 0),
      generalise: mask.unit ? t(`terms.mask.unit.${mask.unit}`) : t('terms.mask.step', { n: number(mask.step ?? 0) }),
      shift: counted('terms.mask.days', mask.days ?? 0),
    }
    const more = detail[mask.kind]
    return more ? `${t(`terms.mask.${mask.kind}`)} · ${more}` : t(`terms.mask.${mask.kind}`)
  }
  function conditionWords(one: Condition, label: (column: string) => string): string {
    const value = Array.isArray(one.value) ? list(one.value.map(String)) : String(one.value ?? '')
    return t(`terms.op.${one.op}`, { column: label(one.column), value })
  }
  const rateWords = (terms: Terms) => (terms.rate ? t(`terms.per.${terms.rate.per}`, { n: number(terms.rate.number) }) : t('terms.noLimit'))

  function facts(terms: Terms, labels: Record<string, string>): Fact[] {
    const label = (column: string) => labels[column] || column
    const masks = Object.entries(terms.masks ?? {}).map(([column, mask]) => t('terms.masked', { column: label(column), how: maskWords(mask) }))
    const said: [string, string | undefined][] = [
      ['columns', list(terms.columns.map(label))],
      ['purpose', terms.purpose],
      ['basis', terms.basis],
      ['period', t('terms.fromTo', { from: dateTime(terms.starts), to: dateTime(terms.ends) })],
      ['ways', list(waysOf(terms).map((way) => t(`terms.way.${way}`)))],
      ['calls', terms.calls ? t('terms.times', { n: number(terms.calls) }) : t('terms.noLimit')],
      ['rate', rateWords(terms)],
      ['rows', terms.rows ? t('terms.rowsEach', { n: number(terms.rows) }) : t('terms.noLimit')],
      ['where', terms.where?.length ? terms.where.map((one) => conditionWords(one, label)).join(t('terms.and')) : undefined],
      ['masks', masks.length ? list(masks) : t('terms.noMasks')],
      ['group', (terms.group ?? 0) > 1 ? counted('terms.groupOf', terms.group) : undefined],
      ['anonymity', terms.anonymity ? t('terms.anonymous', { k: number(terms.anonymity.k), columns: list(terms.anonymity.columns.map(label)) }) : undefined],
      ['noise', terms.noise ? t('terms.noisy', { epsilon: number(terms.noise.epsilon), budget: number(terms.noise.budget) }) : undefined],
      ['check_key', terms.check_key?.length ? list(terms.check_key.map(label)) : undefined],
      ['onward', t(terms.onward ? 'terms.onwardYes' : 'terms.onwardNo')],
      ['delete', terms.delete_after_days ? counted('terms.deleteAfter', terms.delete_after_days) : t('terms.keeps')],
    ]
    return said.flatMap(([name, value]) => (value === undefined ? [] : [{ name: t(`terms.name.${name}`), value }]))
  }
  return { facts, maskWords, conditionWords }
}
