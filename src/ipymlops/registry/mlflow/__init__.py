"""MLflow's tracking server, spoken to over HTTP: bundles become versions there, and versions there become bundles.

Nothing here imports MLflow. ``address`` says where and as whom, ``server`` does all requests, ``tracking`` knows the
nouns (runs, registered models, versions, artifacts), ``pushing`` and ``fetching`` are the two stories, ``foreign``
reads models that MLflow itself wrote.
"""
