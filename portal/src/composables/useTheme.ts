import { computed, ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const key = 'quanyu.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const chosen = ref<Theme>((localStorage.getItem(key) as Theme | null) ?? 'system')
const systemDark = ref(system.matches)
system.addEventListener('change', (change) => {
  systemDark.value = change.matches
  apply()
})

export const dark = computed(() => (chosen.value === 'system' ? systemDark.value : chosen.value === 'dark'))

export function chooseTheme(theme: Theme): void {
  chosen.value = theme
  localStorage.setItem(key, theme)
  apply()
}

function apply(): void {
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light'
}
