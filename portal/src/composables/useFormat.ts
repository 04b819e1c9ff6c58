import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

const zone = 'Asia/Shanghai'
const missing = '—'
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** Numbers and times in the reader's language, always in the city's time zone, with a real minus sign. */
export function useFormat() {
  const { locale, t } = useI18n()
  const formats = computed(() => makeFormats(locale.value))

  const number = (value: number | null | undefined, digits = 2) =>
    value === null || value === undefined
      ? missing
      : value.toLocaleString(locale.value, { maximumFractionDigits: digits, signDisplay: 'negative' }).replace('-', '−')
  /** The text of `key` with `n` in it, in the form that goes with so many: one record, two records. */
  const counted = (key: string, n: number | null | undefined, more: Record<string, unknown> = {}) =>
    t(key, { n: number(n), ...more }, n === 1 ? 1 : 2)
  /** Nothing and all are said only where it is nothing or all: 29 of 3,398,926 are “<0.1%”. */
  const percent = (share: number | null | undefined, digits = 1) => {
    if (share === null || share === undefined) return missing
    const value = share * 100
    const least = 10 ** -digits
    if (value > 0 && value < least / 2) return `<${number(least, digits)}%`
    if (value < 100 && value >= 100 - least / 2) return `>${number(100 - least, digits)}%`
    return `${number(value, digits)}%`
  }
  /** Of a hundred, rounded down: 100 says that nothing is wrong. */
  const score = (value: number | null | undefined) => number(value && Math.floor(value * 10 + 1e-6) / 10, 1)
  const dateTime = (value: string | null | undefined) =>
    value ? formats.value.dateTime.format(new Date(value)) : missing
  const date = (value: string | null | undefined) => (value ? formats.value.date.format(new Date(value)) : missing)
  /** Of the day, to the minute. */
  const time = (value: string) => formats.value.time.format(new Date(value))
  const ago = (value: string | null | undefined) => (value ? relative(formats.value.relative, value) : missing)
  const bytes = (value: number | null | undefined) =>
    value === null || value === undefined ? missing : sizeText(value, number)
  const distance = (metres: number) => (metres < 1000 ? `${number(Math.round(metres / 10) * 10)} m` : `${number(metres / 1000, 1)} km`)
  /** Yuan, to the fen. */
  const money = (yuan: number) => yuan.toLocaleString(locale.value, { style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol' }).replace('-', '−')
  const duration = (seconds: number) => durationText(Math.max(0, Math.round(seconds)), t)

  return { number, counted, percent, score, dateTime, date, time, ago, bytes, distance, money, duration }
}

function makeFormats(locale: string) {
  // In English a month has its name: 11/12 is another day on either side of the Atlantic.
  const [region, month, day] = locale === 'en' ? (['en-GB', 'short', 'numeric'] as const) : ([locale, '2-digit', '2-digit'] as const)
  const date = { timeZone: zone, year: 'numeric', month, day } as const
  const time = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return {
    dateTime: new Intl.DateTimeFormat(region, { ...date, ...time }),
    time: new Intl.DateTimeFormat(region, time),
    date: new Intl.DateTimeFormat(region, date),
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }),
  }
}

function relative(format: Intl.RelativeTimeFormat, value: string): string {
  const seconds = (new Date(value).getTime() - Date.now()) / 1000
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return format.format(Math.round(seconds / size), unit)
}

function sizeText(value: number, number: (value: number, digits: number) => string): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
  return `${number(value / 1000 ** power, power ? 1 : 0)} ${units[power]}`
}

function durationText(seconds: number, t: (key: string, values: Record<string, unknown>) => string): string {
  if (seconds < 60) return t('time.seconds', { n: seconds })
  if (seconds < 3600) return t(seconds % 60 ? 'time.minutes' : 'time.wholeMinutes', { n: Math.floor(seconds / 60), s: seconds % 60 })
  if (Math.floor((seconds % 3600) / 60) === 0) return t('time.wholeHours', { n: Math.floor(seconds / 3600) })
  return t('time.hours', { n: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) })
}
