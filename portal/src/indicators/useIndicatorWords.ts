import { useI18n } from 'vue-i18n'
import type { Indicator, Status } from '@/api/indicators'
import type { Light } from '@/components/StatusLight.vue'
import { useFormat } from '@/composables/useFormat'

/** Units by the codes of UN/CEFACT; what is not here is shown as it stands. */
const units: Record<string, string> = { '%': '%', GQ: 'µg/m³', MTR: 'm', '2N': 'dB', KMH: 'km/h', CEL: '°C' }
const named = new Set(['C62', 'HUR', 'P1'])
const lights: Record<Status, Light> = { green: 'good', yellow: 'warn', red: 'bad', none: 'unknown' }

export function useIndicatorWords() {
  const { t, te, locale } = useI18n()
  const { number } = useFormat()
  const titled = (one: Pick<Indicator, 'titles' | 'code'>) => one.titles[locale.value] ?? one.titles['zh-CN'] ?? one.code
  const about = (one: Pick<Indicator, 'about'>) => one.about[locale.value] ?? one.about['zh-CN'] ?? ''
  const unit = ({ unit }: Pick<Indicator, 'unit'>) => units[unit] ?? (named.has(unit) ? t(`indicator.unit.${unit}`) : unit)
  const say = (value: number | null | undefined, one: Pick<Indicator, 'unit'>) => number(one.unit === '%' && value !== null && value !== undefined ? value * 100 : value, 1)
  /** A light is a judgement: without thresholds there is none, with old data it is dashed. */
  function light(one: Indicator): { light: Light; word: string } | undefined {
    const { latest } = one
    if (!latest || latest.value === null) return { light: 'unknown', word: t('indicator.noData') }
    if (latest.stale) return { light: 'unknown', word: t('indicator.stale') }
    return latest.status === 'none' ? undefined : { light: lights[latest.status], word: t(`indicator.status.${latest.status}`) }
  }
  const domain = (name: string) => (te(`indicator.domain.${name}`) ? t(`indicator.domain.${name}`) : name)
  const source = (name: string) => (te(`indicator.source.${name}`) ? t(`indicator.source.${name}`) : name)
  return { titled, about, unit, say, light, domain, source, lights }
}
