const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' })

/** The date in the city, `later` days from today, as `2026-11-21`. */
export const cityDay = (later = 0): string => day.format(Date.now() + later * 86_400_000)
