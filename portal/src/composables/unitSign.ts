/** UN/CEFACT codes as people write them; a code that is not listed is shown as it is. */
const signs: Record<string, string> = {
  CEL: '°C', KMH: 'km/h', MTS: 'm/s', MTR: 'm', KMT: 'km', GQ: 'µg/m³', GP: 'mg/m³', P1: '%', HPA: 'hPa', A97: 'hPa', MMT: 'mm', KGM: 'kg', TNE: 't', KWT: 'kW', '2N': 'dB', C62: '', DD: '°', SEC: 's', HUR: 'h', CNY: '¥',
}

/** Nothing where there is none. */
export const unitSign = (code: string | null | undefined): string => (code ? (signs[code] ?? code) : '')
