import { useI18n } from 'vue-i18n'

/** An English reader is told the words of a dataset's name where its title is in Chinese only. */
export function useTitles() {
  const { locale } = useI18n()
  const titleFor = (title: string | null | undefined, name: string) => (locale.value === 'en' && (!title || title === name || isChinese(title)) ? words(name) : title || name)
  return { titleFor }
}

const chinese = /\p{Script=Han}/u
export const isChinese = (text: string): boolean => chinese.test(text)

/** `car-parks` is “Car parks”; a name that is Chinese itself stays. */
const words = (name: string) => name.replace(/[-_]+/g, ' ').trim().replace(/^[a-z]/, (first) => first.toUpperCase())
