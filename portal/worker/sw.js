// Opens the pages below its scope without network: /field or /report. FILES (by scope) and VERSION are written by the build.
const scope = new URL(self.registration.scope).pathname
const mine = `quanyu:${scope}:`
const name = mine + VERSION

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(FILES[scope])).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const others = (all) => all.filter((one) => one.startsWith(mine) && one !== name)
  event.waitUntil(caches.keys().then((all) => Promise.all(others(all).map((one) => caches.delete(one)))).then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => caches.match('/', { cacheName: name })))
  else if (!pathname.startsWith('/api/')) event.respondWith(caches.match(request, { cacheName: name }).then((found) => found ?? fetch(request)))
})
