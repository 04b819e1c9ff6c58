import { commonHeaders, failure, withSession, ApiError } from './client'

export interface Sending {
  done: Promise<string>
  cancel: () => void
}

/** Sends a form with progress, which fetch cannot report; resolves with the text of the answer. */
export function send(path: string, form: FormData, progressed: (sent: number, total: number) => void): Sending {
  const request = new XMLHttpRequest()
  const sent = () =>
    new Promise<XMLHttpRequest>((resolve, reject) => {
      request.upload.onprogress = (event) => progressed(event.loaded, event.total)
      request.onload = () => resolve(request)
      request.onerror = () => reject(new ApiError(0, ''))
      request.onabort = () => reject(new ApiError(-2, ''))
      request.open('POST', path)
      for (const [name, value] of Object.entries(commonHeaders())) request.setRequestHeader(name, value)
      request.send(form)
    })
  const done = withSession(sent).then(({ status, responseText }) => {
    if (status < 300) return responseText
    throw failure(status, responseText)
  })
  return { done, cancel: () => request.abort() }
}
