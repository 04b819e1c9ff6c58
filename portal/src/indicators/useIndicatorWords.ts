import { useI18n } from 'vue-i18n'
import type { Indicator, Status } from '@/api/indicators'
import type { Light } from '@/components/StatusLight.vue'
import { useDatasetNames } from '@/composables/useDatasetNames'
import { useFormat } from '@/composables/useFormat'
import { useModels } from '@/composables/useModels'
import { usePackNames } from '@/composables/usePackNames'
import { monthName } from '@/scores/months'

/** Units by the codes of UN/CEFACT; what is not here is shown as it stands. */
const units: Record<string, string> = { '%': '%', GQ: 'µg/m³', MTR: 'm', '2N': 'dB', KMH: 'km/h', CEL: '°C' }
const named = new Set(['C62', 'HUR', 'P1'])
const entitiesOf = /\bentities (\w+)/g
const datasetOf = /\bdataset "([^"]+)"/g
const lights: Record<Status, Light> = { green: 'good', yellow: 'warn', red: 'bad', none: 'unknown' }

export function useIndicatorWords() {
  const { t, te, locale } = useI18n()
  const { number, date } = useFormat()
  const { typeName } = useModels()
  const { datasetName } = useDatasetNames()
  const { packName } = usePackNames()
  const titled = (one: Pick<Indicator, 'titles' | 'code'>) => one.titles[locale.value] ?? one.titles['zh-CN'] ?? one.code
  const about = (one: Pick<Indicator, 'about'>) => one.about[locale.value] ?? one.about['zh-CN'] ?? ''
  const unit = ({ unit }: Pick<Indicator, 'unit'>) => units[unit] ?? (named.has(unit) ? t(`indicator.unit.${unit}`) : unit)
  /** Nothing has no unit. */
  const unitBehind = (value: number | null | undefined, one: Pick<Indicator, 'unit'>) => (value === null || value === undefined ? '' : unit(one))
  const say = (value: number | null | undefined, one: Pick<Indicator, 'unit'>) => number(one.unit === '%' && value !== null && value !== undefined ? value * 100 : value, 1)
  /** A light is a judgement: without thresholds there is none, with old data it is dashed. */
  function light(one: Indicator): { light: Light; word: string } | undefined {
    const { latest } = one
    if (!latest || latest.value === null) return { light: 'unknown', word: t('indicator.noData') }
    if (latest.stale) return { light: 'unknown', word: t('indicator.stale') }
    return latest.status === 'none' ? undefined : { light: lights[latest.status], word: t(`indicator.status.${latest.status}`) }
  }
  /** Domains beside the city's own are called as the packs that bring them. */
  const domain = (name: string) => (te(`indicator.domain.${name}`) ? t(`indicator.domain.${name}`) : packName(name))
  const source = (name: string) => (te(`indicator.source.${name}`) ? t(`indicator.source.${name}`) : name)
  /** Where the numbers come from: of entities their types, of datasets their names, as far as one formula says them. */
  function sources(one: Pick<Indicator, 'sources'> & Partial<Pick<Indicator, 'formula'>>): string {
    const formula = one.formula ?? ''
    const types = [...formula.matchAll(entitiesOf)].map(([, type]) => typeName(type!))
    const datasets = [...formula.matchAll(datasetOf)].map(([, name]) => datasetName(name!))
    const named = one.sources.flatMap((name) => (name === 'entities' && types.length ? types : name === 'dataset' && datasets.length ? datasets : [source(name)]))
    return [...new Set(named)].join(t('common.comma'))
  }
  /** A month by its name, a day by its date. */
  const periodName = (one: Pick<Indicator, 'period'>, start: string) => (one.period === 'month' ? monthName(start.slice(0, 7), locale.value) : one.period === 'day' ? date(start) : start)
  return { titled, about, unit, unitBehind, say, light, domain, sources, periodName, lights }
}
