import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
}

const shownFor = 5000
export const toasts = ref<Toast[]>([])
let last = 0

/** Says one sentence at the foot of the page; screen readers hear it politely. */
export function say(text: string): void {
  const id = ++last
  toasts.value = [...toasts.value, { id, text }]
  setTimeout(() => dismiss(id), shownFor)
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}
