// Runs before the first paint, as a file of its own because the Content-Security-Policy allows no inline script.
;(() => {
  const chosen = localStorage.getItem('quanyu.theme') ?? 'system'
  const dark = chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  document.documentElement.lang = localStorage.getItem('quanyu.language') ?? 'zh-CN'
})()
