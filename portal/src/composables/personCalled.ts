import { i18n } from '@/i18n'

/** A person's name. The first administrator, whom the node itself has named, is called in the language of the reader until renamed. */
export function personCalled(name: string): string {
  const { t } = i18n.global
  return name === t('frame.administrator', {}, { locale: 'zh-CN' }) ? t('frame.administrator') : name
}
