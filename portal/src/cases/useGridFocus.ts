import { onMounted, onScopeDispose } from 'vue'

/** j and k move in the page's list from anywhere but a field. */
export function useGridFocus(): void {
  function onKey(event: KeyboardEvent): void {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [role=grid], [role=dialog]')
    if (typing || event.ctrlKey || event.metaKey || event.altKey || (event.key !== 'j' && event.key !== 'k')) return
    const grid = document.querySelector<HTMLElement>('main [role=grid]')
    grid?.focus()
    grid?.dispatchEvent(new KeyboardEvent('keydown', { key: event.key, bubbles: true }))
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}
