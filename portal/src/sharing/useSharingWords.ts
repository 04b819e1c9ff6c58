import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { readSteps, type Limit, type Party, type Steps, type ToldWay } from '@/api/sharing'
import { useBodies } from '@/composables/useBodies'
import { useFormat } from '@/composables/useFormat'
import { useNodeNames } from '@/composables/useNodeNames'
import { may } from '@/composables/useSession'

export type Kind = 'request' | 'dispute' | 'referral' | 'element'

const steps = shallowRef<Steps>()
let asking: Promise<void> | undefined

/** What states and acts of sharing are called and how long each may take: from the city's own workflows, asked for once. */
export function useSharingWords() {
  const { t, locale } = useI18n()
  const { counted } = useFormat()
  const { bodyName } = useBodies()
  const { nodeName } = useNodeNames()
  if (may('share.read')) asking ??= readSteps(new AbortController().signal)
    .then((found) => void (steps.value = found))
    .catch(() => void (asking = undefined))

  const titled = (titles: Record<string, string> | undefined, name: string) => titles?.[locale.value] ?? titles?.['zh-CN'] ?? name
  const wayOf = (kind: Kind): ToldWay | undefined => steps.value?.[kind]
  const stateOf = (kind: Kind, name: string) => wayOf(kind)?.states.find((one) => one.name === name)
  const actOf = (kind: Kind, name: string) => wayOf(kind)?.acts.find((one) => one.name === name)
  const stateName = (kind: Kind, name: string) => titled(stateOf(kind, name)?.title, name)
  const actName = (kind: Kind, name: string) => titled(actOf(kind, name)?.title, name)
  const limitText = (limit: Limit | null | undefined) => (limit ? counted(`sharing.limit.${limit.unit ?? 'hours'}`, limit.amount) : t('sharing.limit.none'))
  const partyName = (party: Party) => (party.node ? t('sharing.atNode', { body: party.organisation, node: nodeName(party.node) }) : bodyName(party.organisation))
  /** A body as notices and reaches call it: `body@node` is one of another node. */
  function deskName(desk: string): string {
    const [organisation = '', node = ''] = desk.split('@')
    return partyName({ organisation, node })
  }
  return { steps, stateOf, actOf, stateName, actName, limitText, partyName, deskName, bodyName }
}
