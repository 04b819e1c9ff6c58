import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { listPacks, type Pack } from '@/api/packs'
import { may } from './useSession'

const packs = shallowRef<Pack[]>([])
let asking: Promise<void> | undefined
const learn = () =>
  (asking ??= listPacks(new AbortController().signal).then((found) => void (packs.value = found), () => void (asking = undefined)))

/** Packs by their titles; asked for once, when the first is named. */
export function usePackNames() {
  const { locale } = useI18n()
  function packName(name: string): string {
    if (may('pack.read')) void learn()
    const titles = packs.value.find((one) => one.name === name)?.titles
    return titles?.[locale.value] ?? titles?.['zh-CN'] ?? name
  }
  return { packName }
}
