"""The peer: FastAPI with ONNX Runtime, one thread. MODEL names the exported file."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options)
name = session.get_inputs()[0].name
app = FastAPI()


class Rows(BaseModel):
    data: list[list[float]]


@app.post("/predict")
async def predict(rows: Rows):
    result = session.run(None, {name: np.array(rows.data, dtype=np.float32)})[0]
    return {"prediction": result.tolist()}
