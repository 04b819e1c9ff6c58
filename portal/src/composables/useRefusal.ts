import { useI18n } from 'vue-i18n'
import { listActions, listRoles } from '@/api/accounts'
import { ApiError } from '@/api/client'

/** For a form that asks the node for nothing before it is sent: who may not send it is told so first, in the node's words. */
export function useRefusal() {
  const { t, locale } = useI18n()
  async function refuse(name: string, signal: AbortSignal): Promise<never> {
    const [actions, roles] = await Promise.all([listActions(signal), listRoles(signal)])
    const titleOf = (one: { zh: string; en: string }) => (locale.value === 'en' ? one.en : one.zh)
    const action = actions.filter((one) => one.name === name).map(titleOf).join()
    const holders = roles.filter(({ actions: { tenant = [], organisation = [] } }) => [...tenant, ...organisation].includes(name))
    throw new ApiError(403, t('account.mayNot', { action, roles: holders.map(titleOf).join(t('common.comma')) }))
  }
  return { refuse }
}
