const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' })

/** The date in the city at a moment, as its routes take it: `2026-11-21`. */
export const dayOf = (moment: Date | number): string => day.format(moment)

/** The date in the city, `later` days from today. */
export const cityDay = (later = 0): string => dayOf(Date.now() + later * 86_400_000)
