/** Lets the pages below a path open without network. Browsers allow it to pages that came over TLS, or from this device. */
export function openOffline(scope: string): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  void navigator.serviceWorker.register('/sw.js', { scope }).catch(() => undefined)
}
