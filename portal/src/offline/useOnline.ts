import { onScopeDispose, ref } from 'vue'

export const online = ref(navigator.onLine)
addEventListener('online', () => (online.value = true))
addEventListener('offline', () => (online.value = false))

const again = 30_000

/** Calls now, when the network is back, when the page is seen again, and from time to time as long as something waits. */
export function whenOnline(send: () => void, waits: () => boolean): void {
  const now = () => navigator.onLine && send()
  const seen = () => document.visibilityState === 'visible' && waits() && now()
  const timer = setInterval(() => waits() && now(), again)
  addEventListener('online', now)
  document.addEventListener('visibilitychange', seen)
  now()
  onScopeDispose(() => {
    clearInterval(timer)
    removeEventListener('online', now)
    document.removeEventListener('visibilitychange', seen)
  })
}
