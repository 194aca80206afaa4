// A chosen file → what goes up: turned upright, made small, without the place it was taken at.

import { Trouble } from "./trouble.js";

const MOST_BYTES = 20_000_000; // as the service takes
const SIDE = 1280; // px; the model sees far fewer, and a picture given for the data set should be worth keeping
const THUMBNAIL = 480; // px
const QUALITY = 0.88;
// JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC, AVIF by their first bytes: the service may read what this browser cannot.
const PICTURE =
  /^(\xff\xd8\xff|\x89PNG\r\n|GIF8|BM|II\*\0|MM\0\*|RIFF[^]{4}WEBP|[^]{4}ftyp(hei|hev|mif1|msf1|avi[fs]))/;

/**
 * Return {upload, thumbnail} of a file: both Blobs; the thumbnail is null where this browser cannot draw the file.
 *
 * A picture that can be drawn goes up as a JPEG of at most 1280 px, upright as its EXIF says, and without EXIF.
 * One that cannot (HEIC outside Safari) goes up as it is, for the service reads it.
 *
 * Throws a Trouble `unreadable` or `large`.
 */
export async function prepare(file) {
  const drawn = await draw(file);
  if (!drawn && !PICTURE.test(await firstBytes(file))) throw new Trouble("unreadable");
  const upload = drawn && isFaithful() ? await shrink(drawn, SIDE) : null;
  if (!upload && file.size > MOST_BYTES) throw new Trouble("large");
  return { upload: upload ?? file, thumbnail: drawn ? await shrink(drawn, THUMBNAIL) : null };
}

/** Return the file as an upright image, or null where this browser cannot decode it. */
async function draw(file) {
  const image = new Image();
  const address = URL.createObjectURL(file);
  image.src = address;
  try {
    await image.decode();
    return image.naturalWidth ? image : null;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address); // what is decoded stays
  }
}

async function firstBytes(file) {
  return String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
}

/** Return the image as a JPEG Blob of at most `side` px, on white where it is see-through; null where it fails. */
async function shrink(image, side) {
  const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** Return whether a canvas gives back what was drawn: against fingerprinting, some browsers answer with noise. */
function isFaithful() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "rgb(200, 90, 30)";
  pen.fillRect(0, 0, 8, 8);
  const read = pen.getImageData(0, 0, 8, 8).data;
  return read.every((value, place) => value === [200, 90, 30, 255][place % 4]);
}
