export enum Colour { Red = 1 }
export const wrong: string = Colour.Red;
