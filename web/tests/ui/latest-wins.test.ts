import { expect, test } from 'vitest'
import { deferred } from '../../src/hub/deferred'
import { latestWins } from '../../src/ui/latest-wins'

test('while one value is under way only the newest of the others waits', async () => {
  const sent: number[] = []
  const answers = [deferred<void>(), deferred<void>()]
  const send = latestWins((value: number) => {
    sent.push(value)
    return answers[sent.length - 1]?.promise ?? Promise.resolve()
  })
  void send(1)
  void send(2)
  const done = send(3)
  expect(sent).toEqual([1])
  answers[0]?.resolve()
  answers[1]?.resolve()
  await done
  expect(sent).toEqual([1, 3])
})

test('after a pause the next value is sent at once', async () => {
  const sent: number[] = []
  const send = latestWins(async (value: number) => sent.push(value))
  await send(1)
  await send(2)
  expect(sent).toEqual([1, 2])
})
