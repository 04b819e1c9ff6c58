import { ref } from 'vue'

const query = matchMedia('(max-width: 719px)')

/** True on a phone; the one breakpoint of the portal. */
export const narrow = ref(query.matches)
query.addEventListener('change', (change) => (narrow.value = change.matches))
