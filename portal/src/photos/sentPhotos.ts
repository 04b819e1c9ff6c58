import { sendPhoto, type Photo } from '@/api/photos'

/** Each picture is sent once, however often its id is asked for; one that failed is sent again. */
const sent = new WeakMap<Blob, Promise<Photo>>()

export function photoOf(picture: Blob): Promise<Photo> {
  const sending = sent.get(picture) ?? sendPhoto(picture)
  sent.set(picture, sending)
  sending.catch(() => sent.delete(picture))
  return sending
}
