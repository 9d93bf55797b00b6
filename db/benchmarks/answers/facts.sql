-- What every question starts from: valid results with the hardware, software, case and metric that they belong to.
-- A row of MLPerf's tables gives way where the logs of the same system in the same case and round are held.
-- A model has one name whatever its suites call it, and a platform is what people call a line of hardware.
SELECT r.result_id, c.suite, c.name AS test,
       CASE
           WHEN LOWER(REPLACE(REPLACE(c.name, '-', ''), '_', '')) IN ('resnet', 'resnet50')
               OR LOWER(REPLACE(REPLACE(c.name, '-', ''), '_', '')) LIKE 'resnet50 %'
               OR LOWER(REPLACE(REPLACE(c.name, '-', ''), '_', '')) LIKE 'resnet50v1%' THEN 'ResNet-50'
           WHEN LOWER(c.name) = 'bert' THEN 'BERT'
           WHEN LOWER(REPLACE(REPLACE(c.name, '-', ''), '_', '')) IN ('mobilenet', 'mobilenetv1') THEN 'MobileNet'
           WHEN LOWER(REPLACE(REPLACE(c.name, '-', ''), '_', '')) IN ('3dunet', 'unet3d') THEN '3D-UNet'
           ELSE c.name
       END AS model,
       c.scenario, c.division,
       -- What states no status stands with what can be bought or rented: only previews and research are told.
       LOWER(COALESCE(r.status, 'available')) AS status,
       CASE WHEN m.name LIKE 'latency%' THEN 'latency' ELSE m.name END AS metric,
       m.canonical_unit AS unit, m.direction,
       h.hardware_id, h.hardware_class, h.family AS device, h.model AS device_model,
       h.count AS devices,
       CASE
           WHEN h.hardware_class = 'power' OR LOWER(h.host) LIKE '%power8%' OR LOWER(h.host) LIKE '%power9%'
               OR LOWER(h.host) LIKE '%power10%' THEN 'POWER'
           WHEN h.family LIKE 'Hexagon%' THEN 'Hexagon DSP'
           WHEN h.hardware_class = 'dsp' THEN 'Other DSP'
           WHEN h.family LIKE 'Myriad%' THEN 'Movidius Myriad'
           WHEN h.hardware_class = 'vpu' THEN 'Other VPU'
           WHEN h.family LIKE 'Raspberry Pi%' THEN 'Raspberry Pi'
           WHEN h.hardware_class = 'arm' THEN 'ARM'
           WHEN h.hardware_class = 'x86' THEN 'x86'
           WHEN h.hardware_class = 'gpu' AND h.vendor = 'NVIDIA' THEN 'NVIDIA GPU'
           WHEN h.family LIKE 'Mali%' OR h.family LIKE 'Adreno%' THEN 'Phone GPU'
           WHEN h.hardware_class = 'gpu' THEN 'Other GPU'
           WHEN h.family = 'Edge TPU' THEN 'Edge TPU'
           WHEN h.hardware_class = 'tpu' THEN 'TPU'
           WHEN h.hardware_class = 'npu' THEN 'NPU'
           ELSE 'Not stated'
       END AS platform,
       e.framework, e.version, e.compiler, e.precision, e.os, r.submitter, r.system, r.round, r.revision,
       r.measured_at, DATE(r.measured_at) AS day,
       CAST(SUBSTR(CAST(r.measured_at AS TEXT), 1, 4) AS INTEGER) AS year,
       r.value, r.spread,
       CASE r.claim WHEN 'measured' THEN 0 WHEN 'published' THEN 1 WHEN 'inferred' THEN 2 ELSE 3 END AS doubt,
       o.location AS source, o.format AS source_format
FROM benchmark_results r
JOIN benchmark_series s ON s.series_id = r.series_id
JOIN benchmark_cases c ON c.case_id = s.case_id
JOIN benchmark_metrics m ON m.metric_id = s.metric_id
JOIN hardware h ON h.hardware_id = s.hardware_id
JOIN environments e ON e.environment_id = r.environment_id
JOIN benchmark_sources o ON o.source_id = r.source_id
WHERE r.valid AND NOT (
    o.format IN ('mlperf_result_json', 'mlperf_submission_csv')
    AND (s.case_id, COALESCE(r.round, ''), COALESCE(r.system, '')) IN (
        SELECT ls.case_id, l.round, l.system
        FROM benchmark_sources lo
        JOIN benchmark_results l ON l.source_id = lo.source_id
        JOIN benchmark_series ls ON ls.series_id = l.series_id
        WHERE lo.format IN ('mlperf_training', 'mlperf_inference') AND l.round IS NOT NULL AND l.system IS NOT NULL
    )
)
