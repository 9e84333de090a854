import { Client } from '@microsoft/microsoft-graph-client';

export async function absences(graph: Client, from: string, to: string) {
  const me = await graph.api('/me').select('displayName').get();
  const events = await graph.api('/me/calendarView').query({ startDateTime: from, endDateTime: to }).get();
  return { me, events: events.value };
}

export async function enter(graph: Client, subject: string, start: object, end: object) {
  return graph.api('/me/events').post({ subject, start, end, showAs: 'oof' });
}
