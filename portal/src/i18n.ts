import zh from 'virtual:messages/zh-CN/open'
import { createI18n } from 'vue-i18n'

export type Language = 'zh-CN' | 'en'
const key = 'quanyu.language'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN' as string,
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh } as Record<string, typeof zh>,
})

export function chosenLanguage(): Language {
  return localStorage.getItem(key) === 'en' ? 'en' : 'zh-CN'
}

const rest = { 'zh-CN': () => import('virtual:messages/zh-CN/rest'), en: () => import('virtual:messages/en/rest') }
/** Whether somebody works here: who only reports does without the texts of all other pages. */
let staffed = false
const whole = new Set<Language>()

async function learn(language: Language): Promise<void> {
  if (!i18n.global.availableLocales.includes(language)) i18n.global.setLocaleMessage(language, (await import('virtual:messages/en/open')).default)
  if (!staffed || whole.has(language)) return
  i18n.global.mergeLocaleMessage(language, (await rest[language]()).default)
  whole.add(language)
}

/** Switches the language of page, document and requests; English is fetched when first wanted. */
export async function speak(language: Language): Promise<void> {
  await learn(language)
  i18n.global.locale.value = language
  localStorage.setItem(key, language)
  document.documentElement.lang = language
}

/** Before the first page that is not open to everybody. */
export function learnTheRest(): Promise<void> {
  staffed = true
  return learn(chosenLanguage())
}
