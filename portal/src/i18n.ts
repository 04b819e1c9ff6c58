import { createI18n } from 'vue-i18n'
import zh from './messages/zh-CN.json'

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

/** Switches the language of page, document and requests; English is fetched when first wanted. */
export async function speak(language: Language): Promise<void> {
  if (!i18n.global.availableLocales.includes(language)) {
    const catalogue = await import('./messages/en.json')
    i18n.global.setLocaleMessage(language, catalogue.default as typeof zh)
  }
  i18n.global.locale.value = language
  localStorage.setItem(key, language)
  document.documentElement.lang = language
}
