/** A photo made small on the phone before it is sent; whoever films with 50 megapixels pays for one. */

const LONGEST_PX = 1600;
const QUALITY = 0.82;
export const MOST_BYTES = 8 * 1024 * 1024;

/**
 * @param {Blob} file
 * @returns {Promise<Blob>} a JPEG; the file itself where the phone cannot read it
 */
export async function shrink(file) {
  const picture = await read(file).catch(() => null);
  if (!picture) return file;
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) =>
    canvas.toBlob(resolve, "image/jpeg", QUALITY),
  );
  return made ?? file;
}

/**
 * @param {Blob} file
 * @returns {Promise<ImageBitmap | HTMLImageElement>}
 */
async function read(file) {
  if ("createImageBitmap" in window) {
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (bitmap) return bitmap;
  }
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = url;
    });
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}
