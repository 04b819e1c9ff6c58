import { useI18n } from 'vue-i18n'

/** An English reader is told the words of a dataset's name where its title is in Chinese only. */
export function useTitles() {
  const { locale } = useI18n()
  const titleFor = (title: string | null | undefined, name: string) => (locale.value === 'en' && (!title || title === name || isChinese(title)) ? words(name) : title || name)
  return { titleFor }
}

const chinese = /\p{Script=Han}/u
const isChinese = (text: string): boolean => chinese.test(text)

/** Of the names that a thing has, the first that who reads no Chinese can read. */
export const latinName = (names: unknown[]): string | undefined => names.find((name): name is string => typeof name === 'string' && name !== '' && !isChinese(name))

/** `car-parks` is “Car parks”; a name that is Chinese itself stays. */
const words = (name: string) => name.replace(/[-_]+/g, ' ').trim().replace(/^[a-z]/, (first) => first.toUpperCase())
