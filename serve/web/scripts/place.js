// Where the service is. Empty: where this page came from. In the app, its build writes the address here.

export const SERVER = "";
