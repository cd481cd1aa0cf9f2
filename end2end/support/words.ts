/** Names of controls and texts that the stories rely on, in the languages of Casella. */
export interface Words {
  openChat: string;
  closeChat: string;
  title: string;
  name: string;
  email: string;
  phone: string;
  jobTitle: string;
  firstMessage: string;
  startChat: string;
  chatStatus: string;
  findingSomeone: string;
  chattingWith: (agent: string) => string;
  messages: string;
  message: string;
  send: string;
  endChat: string;
  keepChatting: string;
  startNew: string;
  download: string;
}

export const english: Words = {
  openChat: 'Open chat',
  closeChat: 'Close chat',
  title: 'Chat',
  name: 'Name',
  email: 'Email',
  phone: 'Phone',
  jobTitle: 'Job title',
  firstMessage: 'First message',
  startChat: 'Start chat',
  chatStatus: 'Chat status',
  findingSomeone: 'Finding someone…',
  chattingWith: (agent) => `Chatting with ${agent}`,
  messages: 'Messages',
  message: 'Message',
  send: 'Send',
  endChat: 'End chat',
  keepChatting: 'Keep chatting',
  startNew: 'Start a new chat',
  download: 'Download transcript',
};

export const italian: Words = {
  openChat: 'Apri chat',
  closeChat: 'Chiudi chat',
  title: 'Chat',
  name: 'Nome',
  email: 'E-mail',
  phone: 'Telefono',
  jobTitle: 'Qualifica',
  firstMessage: 'Primo messaggio',
  startChat: 'Avvia chat',
  chatStatus: 'Stato della chat',
  findingSomeone: 'Cerchiamo qualcuno…',
  chattingWith: (agent) => `In chat con ${agent}`,
  messages: 'Messaggi',
  message: 'Messaggio',
  send: 'Invia',
  endChat: 'Termina chat',
  keepChatting: 'Continua la chat',
  startNew: 'Avvia una nuova chat',
  download: 'Scarica trascrizione',
};
