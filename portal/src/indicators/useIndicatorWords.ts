import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Indicator, Status } from '@/api/indicators'
import { listPacks, type Pack } from '@/api/packs'
import type { Light } from '@/components/StatusLight.vue'
import { useDatasetNames } from '@/composables/useDatasetNames'
import { useFormat } from '@/composables/useFormat'
import { useModels } from '@/composables/useModels'
import { monthName } from '@/scores/months'
import { may } from '@/composables/useSession'

/** Units by the codes of UN/CEFACT; what is not here is shown as it stands. */
const units: Record<string, string> = { '%': '%', GQ: 'µg/m³', MTR: 'm', '2N': 'dB', KMH: 'km/h', CEL: '°C' }
const named = new Set(['C62', 'HUR', 'P1'])
const entitiesOf = /\bentities (\w+)/g
const datasetOf = /\bdataset "([^"]+)"/g
const lights: Record<Status, Light> = { green: 'good', yellow: 'warn', red: 'bad', none: 'unknown' }

/** Domains beside the city's own are called as the packs that bring them. */
const packs = shallowRef<Pack[]>([])
let asking: Promise<void> | undefined
const learnPacks = () =>
  (asking ??= listPacks(new AbortController().signal).then((found) => void (packs.value = found), () => void (asking = undefined)))

export function useIndicatorWords() {
  if (may('pack.read')) void learnPacks()
  const { t, te, locale } = useI18n()
  const { number, date } = useFormat()
  const { typeName } = useModels()
  const { datasetName } = useDatasetNames()
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
  function domain(name: string): string {
    const titles = packs.value.find((one) => one.name === name)?.titles
    return te(`indicator.domain.${name}`) ? t(`indicator.domain.${name}`) : (titles?.[locale.value] ?? titles?.['zh-CN'] ?? name)
  }
  const source = (name: string) => (te(`indicator.source.${name}`) ? t(`indicator.source.${name}`) : name)
  /** Where the numbers come from: of entities their types, of datasets their names. */
  function sources(one: Pick<Indicator, 'sources' | 'formula'>): string {
    const types = [...one.formula.matchAll(entitiesOf)].map(([, type]) => typeName(type!))
    const datasets = [...one.formula.matchAll(datasetOf)].map(([, name]) => datasetName(name!))
    const named = one.sources.flatMap((name) => (name === 'entities' && types.length ? types : name === 'dataset' && datasets.length ? datasets : [source(name)]))
    return [...new Set(named)].join(t('common.comma'))
  }
  /** A month by its name, a day by its date. */
  const periodName = (one: Pick<Indicator, 'period'>, start: string) => (one.period === 'month' ? monthName(start.slice(0, 7), locale.value) : one.period === 'day' ? date(start) : start)
  return { titled, about, unit, unitBehind, say, light, domain, sources, periodName, lights }
}
