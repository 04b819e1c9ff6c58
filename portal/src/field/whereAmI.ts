import { onScopeDispose, ref } from 'vue'
import type { CasePlace } from '@/api/reports'

const earth = 6_371_000
const radians = (degrees: number) => (degrees * Math.PI) / 180

/** Metres between two places along the surface. */
export function metresBetween(one: CasePlace, other: CasePlace): number {
  const north = Math.sin(radians(other.lat - one.lat) / 2) ** 2
  const east = Math.sin(radians(other.lon - one.lon) / 2) ** 2 * Math.cos(radians(one.lat)) * Math.cos(radians(other.lat))
  return 2 * earth * Math.asin(Math.sqrt(north + east))
}

/** The device's place once somebody has asked for it; browsers tell it only over TLS, or on this device. */
export function useWhereAmI() {
  const here = ref<CasePlace>()
  const state = ref<'unasked' | 'asking' | 'known' | 'failed'>('unasked')
  const possible = isSecureContext && 'geolocation' in navigator
  let watching: number | undefined

  function ask(): void {
    if (!possible || watching !== undefined) return
    state.value = 'asking'
    watching = navigator.geolocation.watchPosition(
      ({ coords }) => {
        here.value = { lon: coords.longitude, lat: coords.latitude }
        state.value = 'known'
      },
      () => (state.value = here.value ? 'known' : 'failed'),
      { enableHighAccuracy: true, maximumAge: 30_000, timeout: 20_000 },
    )
  }
  onScopeDispose(() => watching !== undefined && navigator.geolocation.clearWatch(watching))
  return { here, state, possible, ask }
}
