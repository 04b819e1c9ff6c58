import { useI18n } from 'vue-i18n'

/** What messages are about: `request X-1` is a kind and the number that it has at the nodes, others are a kind alone. */
export function useSubjects() {
  const { t, tm, te } = useI18n()

  function subjectName(about: string): string {
    const [kind = '', ...id] = about.split(' ')
    const key = `nodes.aboutName.${kind.replace('.', '_')}`
    return te(key) ? t(key, { id: id.join(' ') }) : about
  }
  /** As the node knows it what the reader has typed in words: of a subject with a number the number is enough. */
  function subjectOf(words: string): string {
    const said = words.trim()
    const kind = Object.keys(tm('nodes.aboutName')).find((one) => t(`nodes.aboutName.${one}`) === said)
    return kind?.replace('_', '.') ?? said.split(' ').find((word) => /\d/.test(word)) ?? said
  }
  return { subjectName, subjectOf }
}
