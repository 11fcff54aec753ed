import sharp from "sharp";
const image = sharp({ create: { width: 64, height: 48, channels: 3, background: "rebeccapurple" } });
console.log(await image.clone().resize(16).png().toFile("out/small.png"));
console.log((await image.webp().toBuffer({ resolveWithObject: true })).info, (await sharp("out/small.png").stats()).dominant);
