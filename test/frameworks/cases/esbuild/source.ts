export const value: number = 42;
console.log(value);
